"""Texts that replace others where the averages rest on types that people gave of themselves.

Such a bundle (`python -m train averages` from a table of types) knows no raters and no impressions.
The keys are those of the texts that they replace.
"""

KO = {
    "survey_intro": (
        "짧은 질문에 답하면 얼굴이 한 걸음씩 바뀌어요. "
        "다 답하면 내 유형과, 그 유형이라고 밝힌 사람들의 평균 얼굴을 나란히 보여 드려요."
    ),
    "survey_alt_type_female": "생성된 얼굴, {code} 유형이라고 밝힌 여성 {count}명의 평균",
    "survey_alt_type_male": "생성된 얼굴, {code} 유형이라고 밝힌 남성 {count}명의 평균",
    "survey_honest": (
        "얼굴은 성격을 보여 주지 않아요. 이 평균은 스스로 유형을 밝힌 사람들의 사진을 모은 것이고, "
        "같은 유형이라고 얼굴이 닮은 것은 아니에요."
    ),
    "gallery_intro": (
        "같은 유형이라고 밝힌 사람들의 얼굴을 모아 평균 냈어요. 누르면 크게 볼 수 있어요."
    ),
    "gallery_alt_type_female": "생성된 얼굴, {code} 유형이라고 밝힌 여성 {count}명의 평균",
    "gallery_alt_type_male": "생성된 얼굴, {code} 유형이라고 밝힌 남성 {count}명의 평균",
    "gallery_alt_letter_female": "생성된 얼굴, {letter} 유형이라고 밝힌 여성 {count}명의 평균",
    "gallery_alt_letter_male": "생성된 얼굴, {letter} 유형이라고 밝힌 남성 {count}명의 평균",
    "gallery_raters": "글자 평균과 견주면",
    "gallery_raters_note": (
        "가운데가 0, 끝이 ±1이에요. ±1은 그 글자라고 밝힌 사람들의 평균 얼굴이에요. "
        "얼굴끼리 견준 값이라 실제 성격과는 달라요."
    ),
    "gallery_words_E": "외향 평균에 가깝다",
    "gallery_words_I": "내향 평균에 가깝다",
    "gallery_words_N": "직관 평균에 가깝다",
    "gallery_words_S": "감각 평균에 가깝다",
    "gallery_words_F": "감정 평균에 가깝다",
    "gallery_words_T": "사고 평균에 가깝다",
    "gallery_words_J": "판단 평균에 가깝다",
    "gallery_words_P": "인식 평균에 가깝다",
    "morph_sliders": "글자",
}

EN = {
    "survey_intro": (
        "Answer short questions and a face changes a step each time. "
        "At the end you see your type beside the average face of people who say they are it."
    ),
    "survey_alt_type_female": "Generated face, average of {count} women who say they are {code}",
    "survey_alt_type_male": "Generated face, average of {count} men who say they are {code}",
    "survey_honest": (
        "Faces do not show personality. These averages gather photos of people who gave their "
        "type; sharing a type does not make faces alike."
    ),
    "gallery_intro": (
        "Faces of people who say they are the same type, averaged type by type. "
        "Choose one to see it large."
    ),
    "gallery_alt_type_female": "Generated face, average of {count} women who say they are {code}",
    "gallery_alt_type_male": "Generated face, average of {count} men who say they are {code}",
    "gallery_alt_letter_female": "Generated face, average of {count} women who say {letter}",
    "gallery_alt_letter_male": "Generated face, average of {count} men who say {letter}",
    "gallery_raters": "Beside its letters’ averages",
    "gallery_raters_note": (
        "The middle is 0 and the ends are ±1, the average face of people who say that letter. "
        "It compares faces and says nothing about who someone is."
    ),
    "gallery_words_E": "nearer E’s average",
    "gallery_words_I": "nearer I’s average",
    "gallery_words_N": "nearer N’s average",
    "gallery_words_S": "nearer S’s average",
    "gallery_words_F": "nearer F’s average",
    "gallery_words_T": "nearer T’s average",
    "gallery_words_J": "nearer J’s average",
    "gallery_words_P": "nearer P’s average",
    "morph_sliders": "Letters",
}
