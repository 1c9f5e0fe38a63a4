"""Texts of the match tab: one type and how the sixteen rank for it."""

KO = {
    "match_intro": (
        "내 유형을 고르면 잘 어울리는 유형을 차례로 보여 드려요. "
        "설문을 마쳤다면 그 결과로 바로 보여 드려요."
    ),
    "match_code": "내 유형",
    "match_gender": "보여 줄 얼굴",
    "match_female": "여성",
    "match_male": "남성",
    "match_empty": "아직 고른 유형이 없어요. 위에서 내 유형을 골라 주세요.",
    "match_to_survey": "설문하러 가기",
    "match_pick": "다른 유형 고르기",
    "match_podium": "{code}와 잘 어울리는 세 유형",
    "match_rest": "나머지 순서",
    "match_rank": "{rank}위",
    "match_alt_female": "생성된 얼굴, {code} 인상으로 평가된 여성들의 평균",
    "match_alt_male": "생성된 얼굴, {code} 인상으로 평가된 남성들의 평균",
    "match_problem": "그리지 못한 얼굴이 있어요.",
    "match_face": "{code}와 잘 맞는 얼굴",
    "match_face_note": (
        "가장 잘 어울리는 유형들의 평균 얼굴을 섞었어요. 4위보다 앞선 점수가 클수록 많이 섞여요."
    ),
    "match_face_alt_female": "생성된 얼굴, 여성 평균을 섞은 얼굴: {parts}",
    "match_face_alt_male": "생성된 얼굴, 남성 평균을 섞은 얼굴: {parts}",
    "match_face_problem": "이 얼굴을 그리지 못했어요.",
    "match_by_survey": (
        "설문 결과로 순서를 정했어요. 어느 쪽도 뚜렷하지 않은 축은 양쪽 글자를 비슷하게 쳤어요."
    ),
    "match_by_code": "유형 코드만으로 순서를 정했어요.",
    "match_use_code": "코드만으로 보기",
    "match_use_survey": "내 설문 결과로 보기",
}

EN = {
    "match_intro": (
        "Choose your type to see which types go well with it. "
        "After the survey, its result is used at once."
    ),
    "match_code": "Your type",
    "match_gender": "Faces shown",
    "match_female": "Women",
    "match_male": "Men",
    "match_empty": "No type chosen yet. Pick yours above.",
    "match_to_survey": "Take the survey",
    "match_pick": "Another type",
    "match_podium": "Three that go well with {code}",
    "match_rest": "The others, in order",
    "match_rank": "No. {rank}",
    "match_alt_female": "Generated face, average of the women rated {code}",
    "match_alt_male": "Generated face, average of the men rated {code}",
    "match_problem": "Some faces could not be drawn.",
    "match_face": "The face that goes with {code}",
    "match_face_note": (
        "The averages of the best matches, blended. The further ahead of the fourth in points, "
        "the larger a type’s part."
    ),
    "match_face_alt_female": "Generated face, a blend of women’s averages: {parts}",
    "match_face_alt_male": "Generated face, a blend of men’s averages: {parts}",
    "match_face_problem": "This face could not be drawn.",
    "match_by_survey": (
        "Ranked by your survey’s axis values. An axis near the middle counts for both its letters."
    ),
    "match_by_code": "Ranked by the code alone.",
    "match_use_code": "Use the code alone",
    "match_use_survey": "Use my survey result",
}
